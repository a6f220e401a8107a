package dev.paddock.testkit.conformance;

class RestAccessOverSocketTest extends RestAccessConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
