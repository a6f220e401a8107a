package dev.paddock.testkit.conformance;

class AppOverSocketTest extends AppConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
