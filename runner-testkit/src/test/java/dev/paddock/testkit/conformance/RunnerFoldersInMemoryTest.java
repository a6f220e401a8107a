package dev.paddock.testkit.conformance;

class RunnerFoldersInMemoryTest extends RunnerFolderConformance {
    @Override
    Transport open() {
        return Transport.inMemory(42);
    }
}
