package dev.paddock.internal.journal;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A database whose network fails when told to. */
final class ShakyDatabase implements DataSource {
    private final DataSource real;
    private boolean down;
    private boolean losesNextAnswer;
    private boolean delaysNextCommit;
    private @Nullable Connection uncommitted;
    private int failures;

    ShakyDatabase(DataSource real) {
        this.real = real;
    }

    /** From now on nothing reaches it, or everything does. */
    void down(boolean down) {
        this.down = down;
    }

    /** The next commit happens, and its answer is lost. */
    void loseAnswerOfNextCommit() {
        losesNextAnswer = true;
    }

    /** The next commit's answer is lost, and it happens only while what comes after it is under way. */
    void delayNextCommit() {
        delaysNextCommit = true;
    }

    /** Ends a commit that was delayed. */
    void commitLate() throws SQLException {
        Connection late = uncommitted;
        if (late != null) {
            late.commit();
            late.close();
        }
    }

    int failures() {
        return failures;
    }

    private SQLException lost() {
        failures++;
        return new SQLException("the network is gone", "08006");
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (down) {
            throw lost();
        }
        Connection connection = real.getConnection();
        return (Connection) Proxy.newProxyInstance(
                ShakyDatabase.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (down && !method.getName().equals("close")) {
                        throw lost();
                    }
                    if (method.getName().equals("commit") && delaysNextCommit) {
                        delaysNextCommit = false;
                        uncommitted = connection;
                        throw lost();
                    }
                    if (connection == uncommitted) {
                        return null; // it hears of nothing any more
                    }
                    Object answer;
                    try {
                        answer = method.invoke(connection, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                    if (method.getName().equals("commit") && losesNextAnswer) {
                        losesNextAnswer = false;
                        throw lost();
                    }
                    return answer;
                });
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return real.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        real.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        real.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return real.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getGlobal();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return real.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return real.isWrapperFor(type);
    }
}
