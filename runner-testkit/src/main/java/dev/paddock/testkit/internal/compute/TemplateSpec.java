package dev.paddock.testkit.internal.compute;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** An instance template as it is built; the region of one that is regional. */
public record TemplateSpec(String name, Optional<String> region, ObjectNode properties) {}
