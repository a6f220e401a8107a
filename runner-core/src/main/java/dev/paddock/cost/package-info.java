/** What jobs cost by GitHub's prices, what runners of one's own save, and when to fall back on GitHub's. */
@NullMarked
package dev.paddock.cost;

import org.jspecify.annotations.NullMarked;
