package dev.paddock.testkit.internal.actions;

import com.fasterxml.jackson.databind.JsonNode;
import dev.paddock.testkit.internal.http.WireReply;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Lists of GitHub's REST side, a page at a time, with links to the other pages. */
final class Pages {
    private final Urls urls;

    Pages(Urls urls) {
        this.urls = urls;
    }

    /**
     * How a list is cut.
     *
     * @param size of a page that does not say
     * @param largest what a larger one is cut down to
     * @param most elements that can be reached by pages
     */
    record Cut(int size, int largest, int most) {
        static final Cut USUAL = new Cut(30, 100, Integer.MAX_VALUE);
    }

    <T> WireReply reply(Call call, String key, List<T> all, Function<T, ? extends JsonNode> form) {
        return reply(call, key, all, form, Cut.USUAL);
    }

    /** One page: {@code total_count} and the elements under the key. */
    <T> WireReply reply(Call call, String key, List<T> all, Function<T, ? extends JsonNode> form, Cut cut) {
        int size = Math.min(positive(call, "per_page", cut.size), cut.largest);
        int page = positive(call, "page", 1);
        int reachable = Math.min(all.size(), cut.most);
        int from = (int) Math.min(reachable, (page - 1L) * size);
        var body = Json.object().put("total_count", all.size());
        var elements = body.putArray(key);
        all.subList(from, Math.min(reachable, from + size)).forEach(element -> elements.add(form.apply(element)));
        WireReply reply = Answers.ok(body);
        String links = links(call, page, Math.max(1, (reachable + size - 1) / size));
        return links.isEmpty() ? reply : reply.with("Link", links);
    }

    private String links(Call call, int page, int last) {
        var links = new ArrayList<String>();
        if (page > 1) {
            links.add(link(call, Math.min(page - 1, last), "prev"));
        }
        if (page < last) {
            links.add(link(call, page + 1, "next"));
            links.add(link(call, last, "last"));
        }
        if (page > 1) {
            links.add(link(call, 1, "first"));
        }
        return String.join(", ", links);
    }

    private String link(Call call, int page, String relation) {
        var query = new StringBuilder();
        for (Map.Entry<String, String> part : call.match().query().entrySet()) {
            if (!part.getKey().equals("page")) {
                query.append(encode(part.getKey())).append('=').append(encode(part.getValue()));
                query.append('&');
            }
        }
        return "<" + urls.base() + call.path() + "?" + query + "page=" + page + ">; rel=\"" + relation + "\"";
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static int positive(Call call, String key, int otherwise) {
        String value = call.query(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches("[1-9]\\d{0,8}")) {
            throw Refusal.breach(400, key + " must be a number above 0: " + value);
        }
        return Integer.parseInt(value);
    }
}
