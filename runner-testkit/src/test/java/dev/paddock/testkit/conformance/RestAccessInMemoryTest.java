package dev.paddock.testkit.conformance;

class RestAccessInMemoryTest extends RestAccessConformance {
    @Override
    Transport open() {
        return Transport.inMemory(5);
    }
}
