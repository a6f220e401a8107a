package dev.paddock.event;

/** An event of another module: a dropped label, a quarantined message, a stock-out. */
public non-sealed interface ExtensionEvent extends FleetEvent {}
