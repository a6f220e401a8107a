package dev.paddock.gcp.internal.google;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.cloud.compute.v1.Instance;
import com.google.cloud.compute.v1.InstanceAggregatedList;
import com.google.cloud.compute.v1.InstancesScopedList;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Our JSON as a message of Google's client, and a page of VMs with what is read of it. */
final class Messages {
    private static final Map<Descriptor, Map<String, FieldDescriptor>> FIELDS = new ConcurrentHashMap<>();
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

    private Messages() {}

    /**
     * Fills a message. {@code JsonFormat} reads text only, and would write and read the boot script of each VM once more.
     *
     * @throws IllegalStateException for a field that Google's client does not know, or whose value it would not take; its
     *     message has no values, as some are secret
     */
    static <B extends Message.Builder> B message(ObjectNode json, B builder) {
        Descriptor type = builder.getDescriptorForType();
        Map<String, FieldDescriptor> fields = FIELDS.computeIfAbsent(type, Messages::byName);
        json.properties().forEach(property -> {
            FieldDescriptor field = fields.get(property.getKey());
            if (field == null) {
                throw unfit(type, property.getKey());
            }
            put(builder, field, property.getValue());
        });
        return builder;
    }

    private static Map<String, FieldDescriptor> byName(Descriptor type) {
        return type.getFields().stream().collect(Collectors.toMap(FieldDescriptor::getJsonName, Function.identity()));
    }

    private static void put(Message.Builder builder, FieldDescriptor field, JsonNode json) {
        boolean fits = field.isMapField() ? json.isObject() : !field.isRepeated() || json.isArray();
        if (!fits) {
            throw unfit(builder.getDescriptorForType(), field.getJsonName());
        }
        if (field.isMapField()) {
            FieldDescriptor key = field.getMessageType().findFieldByName("key");
            FieldDescriptor value = field.getMessageType().findFieldByName("value");
            json.properties().forEach(entry -> {
                Message.Builder made = builder.newBuilderForField(field).setField(key, entry.getKey());
                put(made, value, entry.getValue());
                builder.addRepeatedField(field, made.build());
            });
        } else if (field.isRepeated()) {
            json.forEach(one -> builder.addRepeatedField(field, value(builder, field, one)));
        } else {
            builder.setField(field, value(builder, field, json));
        }
    }

    private static Object value(Message.Builder builder, FieldDescriptor field, JsonNode json) {
        @Nullable Object value = null;
        switch (field.getJavaType()) {
            case STRING -> value = json.textValue();
            case BOOLEAN -> value = json.isBoolean() ? json.booleanValue() : null;
            case INT -> value = json.isInt() ? json.intValue() : null;
            case LONG -> value = WHOLE.matcher(json.asText()).matches() ? Long.valueOf(json.asText()) : null;
            case MESSAGE ->
                value = json.isObject()
                        ? message((ObjectNode) json, builder.newBuilderForField(field))
                                .build()
                        : null;
            default -> {}
        }
        if (value == null) {
            throw unfit(builder.getDescriptorForType(), field.getJsonName());
        }
        return value;
    }

    private static IllegalStateException unfit(Descriptor type, String field) {
        return new IllegalStateException("Google's client does not take what is to be sent: " + field + " of "
                + type.getName() + ": a defect of Paddock, or its version of google-cloud-compute is too old");
    }

    /** A page of VMs without their disks and networks, which are most of it. */
    static Message namesOnly(InstanceAggregatedList page) {
        var result = page.toBuilder().clearItems();
        page.getItemsMap().forEach((scope, list) -> {
            InstancesScopedList.Builder few = list.toBuilder().clearInstances();
            for (Instance vm : list.getInstancesList()) {
                few.addInstances(few(vm));
            }
            result.putItems(scope, few.build());
        });
        return result.build();
    }

    private static Instance few(Instance vm) {
        Instance.Builder few = Instance.newBuilder().putAllLabels(vm.getLabelsMap());
        if (vm.hasName()) {
            few.setName(vm.getName());
        }
        if (vm.hasZone()) {
            few.setZone(vm.getZone());
        }
        if (vm.hasId()) {
            few.setId(vm.getId());
        }
        if (vm.hasStatus()) {
            few.setStatus(vm.getStatus());
        }
        if (vm.hasMetadata() && vm.getMetadata().hasFingerprint()) {
            few.getMetadataBuilder().setFingerprint(vm.getMetadata().getFingerprint());
        }
        return few.build();
    }
}
