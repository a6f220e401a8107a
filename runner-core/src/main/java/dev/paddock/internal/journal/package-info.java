/** What a fleet remembers: in memory, in a file, in a database. Not API. */
@NullMarked
package dev.paddock.internal.journal;

import org.jspecify.annotations.NullMarked;
