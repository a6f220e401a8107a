package dev.paddock.examples;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A page of the documentation, and what can be proved of the code it shows. */
record MarkdownPage(List<String> lines) {
    /** What the pages' programs leave out. */
    private static final String PROGRAM = """
            import dev.paddock.*;
            import dev.paddock.capacity.*;
            import dev.paddock.event.*;
            import dev.paddock.github.*;
            import dev.paddock.github.rest.*;
            import dev.paddock.github.runner.*;
            import dev.paddock.spi.Scheduler;
            import java.nio.file.Path;
            import java.time.Duration;
            import java.util.EnumSet;
            import java.util.List;
            import java.util.Map;
            import java.util.regex.Pattern;

            class Program {
                public static void main(String[] args) {
            %s
                }
            }
            """;

    static MarkdownPage read(Path page) throws IOException {
        return new MarkdownPage(Files.readAllLines(page));
    }

    /** The blocks of one language, in order. */
    List<List<String>> blocks(String language) {
        List<List<String>> blocks = new ArrayList<>();
        for (int line = 0; line < lines.size(); line++) {
            if (lines.get(line).equals("```" + language)) {
                blocks.add(lines.subList(line + 1, lines.size()).stream()
                        .takeWhile(inside -> !inside.startsWith("```"))
                        .toList());
            }
        }
        return blocks;
    }

    /** What the compiler has to say of the statements of a main program. */
    static List<Diagnostic<? extends JavaFileObject>> problems(List<String> statements, Path classes) {
        var problems = new DiagnosticCollector<JavaFileObject>();
        List<String> options =
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
        var program = new Source(PROGRAM.formatted(String.join("\n", statements)));
        ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, problems, options, null, List.of(program))
                .call();
        return problems.getDiagnostics();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///Program.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
