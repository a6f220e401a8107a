package dev.paddock.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/** The lines of an example that the compiler has made code of: no comments, no imports, no closing braces. */
final class CompiledLines {
    private CompiledLines() {}

    static List<String> of(Class<?> example) throws IOException {
        List<String> source =
                Files.readAllLines(Path.of("src/main/java", example.getName().replace('.', '/') + ".java"));
        return numbers(example).stream()
                .map(line -> source.get(line - 1).strip())
                .filter(line -> !line.equals("}"))
                .toList();
    }

    private static SortedSet<Integer> numbers(Class<?> example) throws IOException {
        SortedSet<Integer> lines = new TreeSet<>();
        var methods = new MethodVisitor(Opcodes.ASM9) {
            @Override
            public void visitLineNumber(int line, Label start) {
                lines.add(line);
            }
        };
        var visitor = new ClassVisitor(Opcodes.ASM9) {
            @Override
            public MethodVisitor visitMethod(
                    int access, String name, String descriptor, String signature, String[] thrown) {
                return name.endsWith("init>") ? null : methods;
            }
        };
        new ClassReader(example.getName()).accept(visitor, 0);
        return lines;
    }
}
