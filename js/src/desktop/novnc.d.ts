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
      readonly width: number;
      readonly height: number;
      scale: number;
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
    _screenSize?(): { w: number; h: number };
    _requestRemoteResize?(): void;
    _updateScale?(): void;
    /** Whether it waits until what it has read is drawn; else it waits for bytes. */
    _flushing?: boolean;
    _decoders?: Record<number, H264Decoder | undefined>;
    _sendEncodings?(): void;
    _handleExtendedDesktopSize?(): boolean;
  }

  /** Decoders of H.264, one for each place. */
  export interface H264Decoder {
    _contexts: Record<string, H264Context>;
    _createContext(...place: number[]): H264Context;
    _resetAllContexts(): void;
  }
  export interface H264Context {
    _decoder: VideoDecoder | null;
    decode(payload: Uint8Array): { ready: boolean } | null;
    _handleFrame(frame: VideoFrame): void;
    _handleError(error: DOMException): void;
  }
}
