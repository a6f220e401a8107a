package dev.paddock.testkit.conformance;

class InstallerOverSocketTest extends InstallerConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
