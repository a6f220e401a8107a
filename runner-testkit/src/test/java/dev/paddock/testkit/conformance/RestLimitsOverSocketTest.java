package dev.paddock.testkit.conformance;

class RestLimitsOverSocketTest extends RestLimitConformance {
    @Override
    Transport open() {
        return Transport.socket();
    }
}
