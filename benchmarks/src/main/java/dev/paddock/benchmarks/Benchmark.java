package dev.paddock.benchmarks;

import java.util.List;

/** One thing measured against a bar. */
interface Benchmark {
    /**
     * Measures.
     *
     * @param quick whether a few repetitions will do
     * @return the rows of the report
     */
    List<Row> run(boolean quick) throws Exception;
}
