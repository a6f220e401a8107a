package dev.paddock.testkit.conformance;

class RestRunnersInMemoryTest extends RestRunnerConformance {
    @Override
    Transport open() {
        return Transport.inMemory(41);
    }
}
