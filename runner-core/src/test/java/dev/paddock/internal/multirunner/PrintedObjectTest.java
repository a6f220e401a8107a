package dev.paddock.internal.multirunner;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An object that keeps its text is printed as any other. */
class PrintedObjectTest {
    private static ObjectNode runner() {
        ObjectNode runner = JsonNodeFactory.instance.objectNode().put("id", "runner-001");
        runner.putNull("current_task").put("theirs", new BigDecimal("2.50")).put("note", "é\"\\\n\t\u0001🙂");
        runner.putObject("deep").putArray("list").add(1).addObject().put("a", true);
        runner.putArray("none");
        runner.putObject("empty");
        return runner;
    }

    private static ObjectNode document(ObjectNode runner) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.putArray("runners").add(runner).add("x").add(runner);
        return document.put("after", 1);
    }

    @Test
    void theTextIsTheSameHoweverOftenAndInWhicheverStyleItIsPrinted() {
        ObjectNode plain = document(runner());
        ObjectNode kept = document(new PrintedObject(runner()));
        for (boolean pretty : List.of(true, true, true, false, false, true, false, true, true)) {
            assertThat(pretty ? LockedJson.text(kept) : LockedJson.line(kept))
                    .isEqualTo(pretty ? LockedJson.text(plain) : LockedJson.line(plain));
        }
    }

    @Test
    void aCopyIsOfTheSameContentAndNotOfTheSameText() {
        PrintedObject first = new PrintedObject(runner());
        LockedJson.text(document(first));
        PrintedObject second = new PrintedObject(first);
        second.put("id", "runner-002");
        assertThat(LockedJson.text(document(first))).isEqualTo(LockedJson.text(document(runner())));
        assertThat(LockedJson.text(document(second)))
                .isEqualTo(LockedJson.text(document(runner().put("id", "runner-002"))));
        assertThat(new PrintedObject(null)).isEmpty();
    }
}
