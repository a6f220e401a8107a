package dev.paddock.testkit.conformance;

class QueueOverSocketTest extends QueueConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
