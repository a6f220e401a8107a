package dev.paddock.testkit.conformance;

class ListeningOverSocketTest extends ListeningConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
