/**
 * What parts.js takes from widget.js, so that Preact and our own modules are there once.
 *
 * The build fills this in. From the sources, as in tests, every part imports what it needs.
 */
export const shared: unknown[] = [];
