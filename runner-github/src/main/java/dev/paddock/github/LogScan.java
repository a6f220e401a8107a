package dev.paddock.github;

import dev.paddock.github.rest.LogMatches;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Searches a log while it is received; of its text only what matched, and what is around it, is held. */
final class LogScan implements HttpResponse.BodySubscriber<LogMatches> {
    private static final int LONGEST_LINE = 16 * 1024;
    /** Characters of all lines kept: a search for what is everywhere ends as small as others. */
    private static final long MOST_TEXT = 8L << 20;

    private static final Pattern TIME = Pattern.compile("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z ");
    private static final String MARK = "\uFEFF";

    private record Open(long number, String text, List<String> before, List<String> after) {}

    private final LogSearch search;
    private final CompletableFuture<LogMatches> body = new CompletableFuture<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Deque<String> before = new ArrayDeque<>();
    private final List<Open> matches = new ArrayList<>();
    private Flow.@Nullable Subscription subscription;
    private long read;
    private long lines;
    private long found;
    private long text;
    private boolean lineBegun;

    LogScan(LogSearch search) {
        this.search = search;
    }

    /** What is found in a text that is here already. */
    static LogMatches of(String whole, LogSearch search) {
        var scan = new LogScan(search);
        scan.onNext(List.of(ByteBuffer.wrap(whole.getBytes(StandardCharsets.UTF_8))));
        scan.onComplete();
        return scan.body.join();
    }

    @Override
    public CompletionStage<LogMatches> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            while (buffer.hasRemaining() && !body.isDone()) {
                if (read == search.largest().bytes()) {
                    stop();
                    return;
                }
                read++;
                take(buffer.get());
            }
        }
    }

    private void take(byte one) {
        if (one == '\n') {
            endLine();
            return;
        }
        lineBegun = true;
        if (line.size() < LONGEST_LINE) {
            line.write(one);
        }
    }

    private void stop() {
        if (subscription != null) {
            subscription.cancel();
        }
        complete(false);
    }

    @Override
    public void onError(Throwable failure) {
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        complete(true);
    }

    private void complete(boolean whole) {
        if (body.isDone()) {
            return;
        }
        if (lineBegun) {
            endLine();
        }
        List<LogMatches.Match> all = matches.stream()
                .map(one -> new LogMatches.Match(one.number, one.text, one.before, one.after))
                .toList();
        body.complete(new LogMatches(all, found, lines, whole));
    }

    // ---- lines ------------------------------------------------------------------------------------------------

    private void endLine() {
        String whole = line.toString(StandardCharsets.UTF_8);
        line.reset();
        lineBegun = false;
        lines++;
        String marked = lines == 1 && whole.startsWith(MARK) ? whole.substring(1) : whole;
        String cut = marked.endsWith("\r") ? marked.substring(0, marked.length() - 1) : marked;
        look(TIME.matcher(cut).replaceFirst(""));
    }

    private void look(String one) {
        for (int i = matches.size() - 1; i >= 0 && lines - matches.get(i).number <= search.after(); i--) {
            keep(matches.get(i).after, one);
        }
        if (search.pattern().matcher(one).find()) {
            found++;
            if (matches.size() < search.most() && text + one.length() <= MOST_TEXT) {
                text += one.length();
                var match = new Open(lines, one, new ArrayList<>(), new ArrayList<>());
                before.forEach(line -> keep(match.before, line));
                matches.add(match);
            }
        }
        before.addLast(one);
        if (before.size() > search.before()) {
            before.removeFirst();
        }
    }

    private void keep(List<String> to, String one) {
        if (text + one.length() <= MOST_TEXT) {
            text += one.length();
            to.add(one);
        }
    }
}
