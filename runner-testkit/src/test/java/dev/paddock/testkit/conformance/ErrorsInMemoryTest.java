package dev.paddock.testkit.conformance;

class ErrorsInMemoryTest extends ErrorConformance {
    @Override
    Transport open() {
        return Transport.inMemory(3);
    }
}
