package dev.paddock.testkit.conformance;

class ErrorsOverSocketTest extends ErrorConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
