package dev.paddock.github;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** Keeps the lines of this module's tests that are logged, at every level, by the thread that asks for them. */
public final class RecordedLogs implements SLF4JServiceProvider {
    private static final ThreadLocal<List<String>> LINES = new ThreadLocal<>();

    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter mdc = new NOPMDCAdapter();

    /** Found by the service loader. */
    public RecordedLogs() {}

    /** From now on, what this thread logs is kept; what was kept is forgotten. */
    static void start() {
        LINES.set(new ArrayList<>());
    }

    static List<String> lines() {
        List<String> lines = LINES.get();
        return lines == null ? List.of() : lines;
    }

    static void stop() {
        LINES.remove();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return Recorder::new;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return mdc;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public void initialize() {}

    private static final class Recorder extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1;

        Recorder(String name) {
            this.name = name;
        }

        private static boolean isRecording() {
            return LINES.get() != null;
        }

        @Override
        public boolean isTraceEnabled() {
            return isRecording();
        }

        @Override
        public boolean isDebugEnabled() {
            return isRecording();
        }

        @Override
        public boolean isInfoEnabled() {
            return isRecording();
        }

        @Override
        public boolean isWarnEnabled() {
            return isRecording();
        }

        @Override
        public boolean isErrorEnabled() {
            return isRecording();
        }

        @Override
        protected String getFullyQualifiedCallerName() {
            return Recorder.class.getName();
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level, Marker marker, String pattern, Object[] arguments, Throwable failure) {
            List<String> lines = LINES.get();
            if (lines != null) {
                lines.add(level + " " + MessageFormatter.basicArrayFormat(pattern, arguments));
                for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                    lines.add(level + " " + cause);
                }
            }
        }
    }
}
