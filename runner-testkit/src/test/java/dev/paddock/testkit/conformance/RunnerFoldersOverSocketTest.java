package dev.paddock.testkit.conformance;

class RunnerFoldersOverSocketTest extends RunnerFolderConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
