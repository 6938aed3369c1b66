/** The part of anywidget's model that this front end uses; all data from it is checked before use. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: string, callback: (...args: unknown[]) => void): void;
  off(event: string, callback: (...args: unknown[]) => void): void;
  /** The front end's own; what it is differs from one to another. */
  readonly widget_manager?: unknown;
}
