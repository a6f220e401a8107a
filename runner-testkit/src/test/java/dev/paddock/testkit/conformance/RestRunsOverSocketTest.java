package dev.paddock.testkit.conformance;

class RestRunsOverSocketTest extends RestRunConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
