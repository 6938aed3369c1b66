/** Plays packets of Opus as they come, and keeps what waits short. */

const RATE = 48_000;
const CHANNELS = 2;
const PACKET = 20_000; // microseconds
const NAME = "colabwidget-sound";

/** What the audio thread has and the compiler's library does not know. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: unknown): void;

/** Samples of each channel; none where nothing plays any more. */
type Planes = Float32Array[];

/** Runs in the audio thread: it uses nothing from outside of itself. */
function worklet(name: string): void {
  const MS = 48; // samples
  /** What is collected before it plays: more after a gap, and less again while there is none. */
  const LEAST = 50 * MS;
  const MOST = 160 * MS;
  const EXCESS = 100 * MS;
  const CALM = 10_000 * MS;
  registerProcessor(
    name,
    class extends AudioWorkletProcessor {
      queue: Planes[] = [];
      /** Samples in the queue, and those of its first part that were played. */
      held = 0;
      at = 0;
      playing = false;
      /** Nothing more comes for now: what is there plays to its end. */
      last = true;
      target = LEAST;
      calm = 0;

      constructor() {
        super();
        this.port.onmessage = ({ data }: MessageEvent<Planes>) => {
          this.last = !data.length;
          if (this.last) return;
          this.queue.push(data);
          this.held += data[0]!.length;
          // What waits longer than it has to is late; so is all that comes after it.
          if (this.held > this.target + EXCESS) this.drop(this.held - this.target);
        };
      }

      drop(samples: number): void {
        for (let left = samples; left > 0;) {
          const size = Math.min(left, this.queue[0]![0]!.length - this.at);
          this.pass(size);
          left -= size;
        }
      }

      pass(samples: number): void {
        this.held -= samples;
        this.at += samples;
        if (this.at < this.queue[0]![0]!.length) return;
        this.queue.shift();
        this.at = 0;
      }

      process(_: Planes[], outputs: Planes[]): boolean {
        const out = outputs[0]!;
        const samples = out[0]!.length;
        this.playing ||= this.held > 0 && (this.last || this.held >= this.target);
        if (!this.playing) return true;
        for (let done = 0; done < samples && this.held;) {
          const planes = this.queue[0]!;
          const size = Math.min(samples - done, planes[0]!.length - this.at);
          out.forEach((channel, number) =>
            channel.set((planes[number] ?? planes[0]!).subarray(this.at, this.at + size), done),
          );
          done += size;
          this.pass(size);
        }
        if (this.held) {
          this.calm += samples;
          if (this.calm < CALM) return true;
          this.target = Math.max(LEAST, this.target - 10 * MS);
        } else {
          this.playing = false;
          if (!this.last) this.target = Math.min(MOST, this.target + 20 * MS);
        }
        this.calm = 0;
        return true;
      }
    },
  );
}

export interface Player {
  /** Plays a packet after those before it. */
  play(packet: Uint8Array<ArrayBuffer>): void;
  /** Nothing plays any more until the next packet. */
  rest(): void;
  close(): void;
}

/** Why this page can play no sound, in a sentence; '' where it can. */
export function cannotPlay(): string {
  if (!isSecureContext)
    return "No sound: the browser decodes it only on pages over HTTPS or from localhost.";
  if (typeof AudioDecoder === "undefined" || typeof AudioWorkletNode === "undefined")
    return "No sound: this browser has no decoder that pages may use (AudioDecoder).";
  return "";
}

/**
 * Begins to play; to be called for a click, since browsers let no page make a sound by itself.
 *
 * @param failed called where it can go on no more, with the reason
 */
export async function startPlayer(failed: (reason: string) => void): Promise<Player> {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  let node: AudioWorkletNode | null = null;
  const send = (planes: Planes): void =>
    node?.port.postMessage(
      planes,
      planes.map((each) => each.buffer),
    );
  const decoder = new AudioDecoder({
    output(sound) {
      const planes = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
        const plane = new Float32Array(sound.numberOfFrames);
        sound.copyTo(plane, { planeIndex, format: "f32-planar" });
        return plane;
      });
      sound.close();
      send(planes);
    },
    error: (error) => failed(error.message),
  });
  let time = 0;
  const close = (): void => {
    node?.disconnect();
    if (decoder.state !== "closed") decoder.close();
    if (context.state !== "closed") void context.close();
  };
  try {
    decoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: CHANNELS });
    const source = `(${String(worklet)})(${JSON.stringify(NAME)})`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    try {
      // A page that is not let resumes for the next click.
      void context.resume();
      await context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
    node = new AudioWorkletNode(context, NAME, {
      numberOfInputs: 0,
      outputChannelCount: [CHANNELS],
    });
    node.connect(context.destination);
  } catch (error) {
    close();
    throw error;
  }
  return {
    play(data) {
      if (decoder.state !== "configured") return;
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: time, data }));
      time += PACKET;
    },
    rest() {
      // After what is still being decoded.
      if (decoder.state === "configured")
        decoder.flush().then(
          () => send([]),
          () => undefined,
        );
    },
    close,
  };
}
