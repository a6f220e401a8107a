package dev.paddock.gcp.internal.google;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.compute.v1.BulkInsertInstanceResource;
import com.google.cloud.compute.v1.Instance;
import com.google.cloud.compute.v1.Metadata;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Messages for Google's client")
class MessagesTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_DEPTH = 6;

    @Test
    @DisplayName("are what Google's own parser makes of the same JSON, whatever their fields")
    void asGooglesParser() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            for (Message type : List.of(
                    Instance.getDefaultInstance(),
                    BulkInsertInstanceResource.getDefaultInstance(),
                    Metadata.getDefaultInstance())) {
                String text = JsonFormat.printer().print(any(type.newBuilderForType(), random, 0));
                Message.Builder parsed = type.newBuilderForType();
                JsonFormat.parser().merge(text, parsed);
                assertThat(Messages.message((ObjectNode) JSON.readTree(text), type.newBuilderForType())
                                .build())
                        .describedAs("seed %d, round %d: %s", seed, round, text)
                        .isEqualTo(parsed.build());
            }
        }
    }

    private static Message any(Message.Builder builder, Random random, int depth) {
        for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
            boolean tooDeep = depth >= MOST_DEPTH && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
            if (tooDeep || random.nextInt(3) > 0) {
                continue;
            }
            if (field.isRepeated()) {
                for (int count = random.nextInt(3); count > 0; count--) {
                    builder.addRepeatedField(field, value(builder, field, random, depth));
                }
            } else {
                builder.setField(field, value(builder, field, random, depth));
            }
        }
        return builder.build();
    }

    private static Object value(Message.Builder builder, FieldDescriptor field, Random random, int depth) {
        return switch (field.getJavaType()) {
            case STRING -> "\"text\n" + random.nextInt(1_000) + "ä\\";
            case BOOLEAN -> random.nextBoolean();
            case INT -> random.nextInt(Integer.MAX_VALUE);
            case LONG -> random.nextLong(1_000_000_000_000_000_000L);
            case MESSAGE -> any(builder.newBuilderForField(field), random, depth + 1);
            default -> throw new IllegalStateException(field.getFullName() + " is of a kind nobody sends");
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'secretName': 's3cret'}",
                "{'metadata': {'items': [{'key': 's3cret', 'secretName': 1}]}}",
                "{'name': 7}",
                "{'canIpForward': 's3cret'}",
                "{'disks': [{'index': 's3cret'}]}",
                "{'disks': [{'index': 1.5}]}",
                "{'disks': [{'diskSizeGb': 's3cret'}]}",
                "{'disks': [{'diskSizeGb': '12345678901234567890'}]}",
                "{'disks': {'boot': true}}",
                "{'disks': ['s3cret']}",
                "{'scheduling': 's3cret'}",
                "{'labels': ['s3cret']}",
                "{'labels': {'a': 7}}",
                "{'name': null}"
            })
    @DisplayName("refuse what Google's client does not take, by the field's name and without a value")
    void refused(String text) throws Exception {
        ObjectNode json = (ObjectNode) JSON.readTree(text.replace('\'', '"'));
        assertThatThrownBy(() -> Messages.message(json, Instance.newBuilder()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Google's client does not take")
                .hasMessageNotContaining("s3cret")
                .hasNoCause();
    }
}
