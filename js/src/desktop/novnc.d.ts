declare module "@novnc/novnc" {
  /** As noVNC's docs/API.md has it, and what is used of its inside. */
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: object, options?: { shared?: boolean });
    viewOnly: boolean;
    scaleViewport: boolean;
    resizeSession: boolean;
    clipViewport: boolean;
    dragViewport: boolean;
    showDotCursor: boolean;
    focusOnClick: boolean;
    background: string;
    disconnect(): void;
    sendCtrlAltDel(): void;
    sendKey(keysym: number, code: string | null, down?: boolean): void;
    focus(options?: FocusOptions): void;
    blur(): void;
    clipboardPasteFrom(text: string): void;
    toBlob(callback: (blob: Blob | null) => void, type?: string): void;
    _display?: {
      _target?: HTMLCanvasElement;
      _backbuffer?: HTMLCanvasElement;
      _renderQ?: unknown[];
    };
    _sock?: { _rQlen: number; _rQi: number };
    _keyboard?: {
      _target: HTMLElement;
      _allKeysUp(): void;
      _handleKeyDown(event: KeyboardEvent): void;
    };
    _cursor?: { _canvas: HTMLCanvasElement; detach(): void };
    _canvas?: HTMLCanvasElement;
    _FBU?: { x: number };
    _handleExtendedDesktopSize?(): boolean;
  }
}
