package dev.paddock.internal.multirunner;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An element of a list in a document, which keeps its text from the second time on that it is printed: of the runners in a
 * file most are as they were at the last change. Not to be changed once it was printed.
 */
@SuppressWarnings("unchecked") // of deepCopy, as it is inherited
final class PrintedObject extends ObjectNode {
    private static final long serialVersionUID = 1;
    /** Of what stands in an element of a list that stands in the document. */
    private static final String INDENTED = "\n    ";

    private transient boolean printed;
    private transient boolean pretty;
    private transient @Nullable SerializedString text;

    /** Begins as a copy; of null, empty. */
    PrintedObject(@Nullable ObjectNode from) {
        super(JsonNodeFactory.instance);
        if (from != null) {
            setAll(from);
        }
    }

    @Override
    public void serialize(JsonGenerator to, SerializerProvider provider) throws IOException {
        boolean wanted = to.getPrettyPrinter() != null;
        if (!printed || wanted != pretty) {
            printed = true;
            pretty = wanted;
            text = null;
            super.serialize(to, provider);
            return;
        }
        if (text == null) {
            ObjectNode plain = JsonNodeFactory.instance.objectNode().setAll(this);
            text = new SerializedString(
                    pretty ? LockedJson.text(plain).replace("\n", INDENTED) : LockedJson.line(plain));
        }
        to.writeRawValue(text);
    }
}
