package dev.paddock.testkit.conformance;

class QueueInMemoryTest extends QueueConformance {
    @Override
    Transport open() {
        return Transport.inMemory(4);
    }
}
