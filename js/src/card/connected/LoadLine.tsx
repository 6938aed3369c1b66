import { Component, createRef, h } from "preact";
import { lostBy } from "../../state/store";
import type { View } from "../../state/view";
import type { GpuLoad, Load, Provider, Room } from "../../wire/protocol";
import { joined, percent, size, sizeOf } from "../ui/format";

/** Milliseconds. */
const EVERY = 5000;
/** The processor's share is that of the time between two readings. */
const FIRST = 2500;
/** A user who has not moved for so long looks at something else. */
const LOOKS = 300_000;
/** A kernel that is busy with a cell answers after it; the questions do not pile up. */
const UNANSWERED = 60_000;
/** The share of a month's bytes from which on the line is a warning. */
const NEARLY_ALL = 0.8;
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "focusin"];

interface Props {
  view: View;
}

/** How busy the machine is, and what has gone through the tunnel, while the card is looked at. */
export class LoadLine extends Component<Props> {
  #place = createRef<HTMLParagraphElement>();
  #timer = 0;
  #seenAt = 0;
  #askedAt = -Infinity;
  #before: Load | null | undefined;
  #isInView = true;
  #observer: IntersectionObserver | null = null;

  override componentDidMount(): void {
    this.#seen();
    for (const sign of SIGNS) addEventListener(sign, this.#seen, { passive: true, capture: true });
    const card = this.#place.current?.closest(".cw");
    if (typeof IntersectionObserver === "function" && card) {
      this.#observer = new IntersectionObserver((all) => {
        this.#isInView = all.at(-1)?.isIntersecting ?? true;
      });
      this.#observer.observe(card);
    }
    this.#ask();
  }

  override componentWillUnmount(): void {
    clearTimeout(this.#timer);
    for (const sign of SIGNS) removeEventListener(sign, this.#seen, { capture: true });
    this.#observer?.disconnect();
  }

  readonly #seen = (): void => void (this.#seenAt = Date.now());

  readonly #ask = (): void => {
    const { view } = this.props;
    const { load } = view.state;
    const now = Date.now();
    const looks =
      document.visibilityState === "visible" && this.#isInView && now - this.#seenAt < LOOKS;
    const answered = load !== this.#before || now - this.#askedAt > UNANSWERED;
    if (looks && answered && !lostBy(view.state)) {
      this.#before = load;
      this.#askedAt = now;
      view.askLoad();
    }
    this.#timer = setTimeout(this.#ask, load && load.cpu !== null ? EVERY : FIRST);
  };

  override render({ view }: Props) {
    const { load, snapshot, providers } = view.state;
    const provider = providers.find(({ name }) => name === snapshot?.options?.tunnel);
    const bytes = snapshot?.use?.bytes ?? null;
    const known = load && !lostBy(view.state) ? joined(" · ", ...described(load)) : "";
    return (
      <p class="cw-hint" ref={this.#place} hidden={!known && bytes === null} data-testid="load">
        {known}
        {bytes !== null && <Traffic bytes={bytes} provider={provider} after={!!known} />}
      </p>
    );
  }
}

interface TrafficProps {
  bytes: number;
  provider?: Provider;
  /** Something stands before it. */
  after: boolean;
}

function Traffic({ bytes, provider, after }: TrafficProps) {
  const month = provider?.metered?.month ?? 0;
  const warns = month > 0 && bytes > NEARLY_ALL * month;
  return (
    <span class={warns ? "cw-warn" : undefined} data-testid="traffic">
      {joined(
        "",
        after && " · ",
        `${size(bytes)} through the tunnel`,
        month > 0 && ` of ${size(month)} a month`,
      )}
    </span>
  );
}

const described = ({ cpu, memory, gpus, disk }: Load): string[] => [
  cpu === null ? "" : `CPU ${percent(cpu)}`,
  memory ? used(memory) : "",
  ...gpus.map((gpu, at) => graphics(gpu, gpus.length > 1 ? ` ${at}` : "")),
  disk ? `disk ${size(disk.total - disk.used)} free` : "",
];

const graphics = ({ share, memory }: GpuLoad, name: string): string =>
  `GPU${name} ${percent(share)}, ${used(memory)}`;

const used = ({ used, total }: Room): string => sizeOf(used, total);
