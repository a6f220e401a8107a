package dev.paddock.testkit.conformance;

class RestRunnersOverSocketTest extends RestRunnerConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
