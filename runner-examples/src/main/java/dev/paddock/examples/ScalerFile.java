package dev.paddock.examples;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Pools written down in YAML or JSON: {@code pools}, a list of objects, and beside it what holds for all of them and for the
 * process. Keys are flags without their dashes.
 */
record ScalerFile(Map<ScalerSetting, String> shared, List<Map<ScalerSetting, String>> pools) {
    private static final String POOLS = "pools";
    private static final Set<ScalerSetting.Of> AT_THE_TOP =
            Set.of(ScalerSetting.Of.POOL, ScalerSetting.Of.PROCESS, ScalerSetting.Of.LOGIN);
    private static final Set<ScalerSetting.Of> IN_A_POOL = Set.of(ScalerSetting.Of.POOL);

    /** Reads a file; what is wrong with it is added to the problems. */
    static ScalerFile read(Path file, List<String> problems) {
        JsonNode root;
        try {
            root = mapper(file).readTree(file.toFile());
        } catch (IOException unreadable) {
            problems.add(file + " cannot be read: " + unreadable.getMessage());
            return new ScalerFile(Map.of(), List.of());
        }
        List<Map<ScalerSetting, String>> pools = new ArrayList<>();
        JsonNode list = root.path(POOLS);
        if (!list.isArray() || list.isEmpty()) {
            problems.add(file + " needs a list \"" + POOLS + "\" with a pool at least");
        }
        for (int at = 0; at < list.size(); at++) {
            String where = file + ", pool " + (at + 1);
            if (list.get(at).isObject()) {
                pools.add(values(list.get(at), IN_A_POOL, where, problems));
            } else {
                problems.add(where + " is no object of settings");
            }
        }
        return new ScalerFile(values(root, AT_THE_TOP, file.toString(), problems), pools);
    }

    private static ObjectMapper mapper(Path file) {
        return file.toString().endsWith(".json")
                ? JsonMapper.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build()
                : YAMLMapper.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build();
    }

    private static Map<ScalerSetting, String> values(
            JsonNode node, Set<ScalerSetting.Of> allowed, String where, List<String> problems) {
        Map<ScalerSetting, String> values = new EnumMap<>(ScalerSetting.class);
        node.properties().forEach(field -> {
            String key = field.getKey();
            if (key.equals(POOLS) && !allowed.equals(IN_A_POOL)) {
                return;
            }
            ScalerSetting setting = ScalerSetting.ofKey(key).orElse(null);
            if (setting == null) {
                problems.add(
                        where + ": there is no setting \"" + key + "\"; the keys are the flags without their dashes");
            } else if (setting.of() == ScalerSetting.Of.SECRET) {
                problems.add(where + ": " + key + " is a secret: set "
                        + setting.variable().orElseThrow() + ", or token-file");
            } else if (!allowed.contains(setting.of())) {
                problems.add(where + ": " + key + " is not of a pool"
                        + (setting.of() == ScalerSetting.Of.LINE ? "" : ": write it beside \"" + POOLS + "\""));
            } else {
                text(field.getValue())
                        .ifPresentOrElse(
                                text -> values.put(setting, text),
                                () -> problems.add(where + ": " + key + " is neither a value nor a list of them"));
            }
        });
        return values;
    }

    private static Optional<String> text(JsonNode value) {
        if (value.isValueNode() && !value.isNull()) {
            return Optional.of(value.asText());
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode part : value) {
            if (!value.isArray() || !part.isValueNode() || part.isNull()) {
                return Optional.empty();
            }
            parts.add(part.asText());
        }
        return value.isArray() ? Optional.of(String.join(",", parts)) : Optional.empty();
    }
}
