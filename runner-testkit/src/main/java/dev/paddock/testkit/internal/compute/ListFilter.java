package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A filter of a list. Two forms that do not mix: comparisons with {@code AND}, {@code OR}, {@code NOT} and parentheses, in
 * which {@code OR} binds tighter and a blank means {@code AND}; and one {@code field eq expression}.
 */
final class ListFilter {
    private static final Pattern REGULAR = Pattern.compile("([\\w.]+)\\s+(eq|ne)\\s+(.+)");
    private static final Pattern TOKEN =
            Pattern.compile("\\s*(?:(\\()|(\\))|(!=|>=|<=|=|:|<|>)|\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s()=!<>:\"]+))");

    private record Token(String text, Kind kind) {}

    private enum Kind {
        OPEN,
        CLOSE,
        OPERATOR,
        QUOTED,
        WORD,
        END
    }

    private final String filter;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private ListFilter(String filter) {
        this.filter = filter;
    }

    static Predicate<JsonNode> of(String filter) {
        if (filter.isBlank()) {
            return item -> true;
        }
        Matcher regular = REGULAR.matcher(filter.trim());
        if (regular.matches()) {
            return regular(filter, regular.group(1), regular.group(2), regular.group(3));
        }
        var parser = new ListFilter(filter);
        parser.tokenize();
        Predicate<JsonNode> predicate = parser.conjunction();
        if (parser.peek().kind() != Kind.END) {
            throw parser.malformed();
        }
        return predicate;
    }

    private static Predicate<JsonNode> regular(String filter, String field, String operator, String expression) {
        try {
            Pattern pattern = Pattern.compile(expression.replaceAll("^[\"']|[\"']$", ""));
            boolean wanted = operator.equals("eq");
            return item -> pattern.matcher(at(item, field).asText()).matches() == wanted;
        } catch (PatternSyntaxException malformed) {
            throw refusal(filter);
        }
    }

    private void tokenize() {
        Matcher matcher = TOKEN.matcher(filter);
        int end = 0;
        while (end < filter.length() && !filter.substring(end).isBlank()) {
            if (!matcher.find(end) || matcher.start() != end) {
                throw malformed();
            }
            tokens.add(token(matcher));
            end = matcher.end();
        }
        tokens.add(new Token("", Kind.END));
    }

    private static Token token(Matcher matcher) {
        Kind[] kinds = {Kind.OPEN, Kind.CLOSE, Kind.OPERATOR, Kind.QUOTED, Kind.WORD};
        for (int group = 1; group <= kinds.length; group++) {
            String text = matcher.group(group);
            if (text != null) {
                return new Token(text, kinds[group - 1]);
            }
        }
        throw new IllegalStateException("no group of " + matcher);
    }

    private Token peek() {
        return tokens.get(at);
    }

    private boolean takes(String word) {
        if (peek().kind() == Kind.WORD && peek().text().equals(word)) {
            at++;
            return true;
        }
        return false;
    }

    private Predicate<JsonNode> conjunction() {
        Predicate<JsonNode> all = disjunction();
        while (peek().kind() != Kind.END && peek().kind() != Kind.CLOSE) {
            takes("AND");
            all = all.and(disjunction());
        }
        return all;
    }

    private Predicate<JsonNode> disjunction() {
        Predicate<JsonNode> any = term();
        while (takes("OR")) {
            any = any.or(term());
        }
        return any;
    }

    private Predicate<JsonNode> term() {
        if (takes("NOT")) {
            return term().negate();
        }
        if (peek().kind() == Kind.OPEN) {
            at++;
            Predicate<JsonNode> inner = conjunction();
            if (peek().kind() != Kind.CLOSE) {
                throw malformed();
            }
            at++;
            return inner;
        }
        return comparison();
    }

    private Predicate<JsonNode> comparison() {
        Token field = next(Kind.WORD);
        Token operator = next(Kind.OPERATOR);
        Token value = peek().kind() == Kind.QUOTED ? next(Kind.QUOTED) : next(Kind.WORD);
        if (field.text().matches("AND|OR|NOT")) {
            throw malformed();
        }
        boolean present = operator.text().equals(":")
                && value.kind() == Kind.WORD
                && value.text().equals("*");
        if (present) {
            return item -> !at(item, field.text()).isMissingNode();
        }
        BiPredicate<String, String> test = test(operator.text());
        return item -> {
            JsonNode found = at(item, field.text());
            return test.test(found.asText(), value.text());
        };
    }

    private Token next(Kind kind) {
        if (peek().kind() != kind) {
            throw malformed();
        }
        return tokens.get(at++);
    }

    private BiPredicate<String, String> test(String operator) {
        return switch (operator) {
            case "=" -> String::equals;
            case "!=" -> (found, value) -> !found.equals(value);
            case ":" -> String::contains;
            case "<" -> (found, value) -> compare(found, value) < 0;
            case ">" -> (found, value) -> compare(found, value) > 0;
            case "<=" -> (found, value) -> compare(found, value) <= 0;
            default -> (found, value) -> compare(found, value) >= 0;
        };
    }

    private static int compare(String found, String value) {
        try {
            return Double.compare(Double.parseDouble(found), Double.parseDouble(value));
        } catch (NumberFormatException text) {
            return found.compareTo(value);
        }
    }

    private static JsonNode at(JsonNode item, String field) {
        JsonNode node = item;
        for (String part : field.split("\\.", -1)) {
            node = node.path(part);
        }
        return node;
    }

    private ComputeRefusal malformed() {
        return refusal(filter);
    }

    private static ComputeRefusal refusal(String filter) {
        return ComputeRefusal.violation(
                "Invalid value for field 'filter': '" + filter + "'. Invalid list filter expression.");
    }
}
