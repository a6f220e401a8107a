/** Code of a host application. */
@org.jspecify.annotations.NullMarked
package com.example.plugged;
