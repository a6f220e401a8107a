@org.jspecify.annotations.NullMarked
package dev.paddock.internal.journal;
