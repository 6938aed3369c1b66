import { type ComponentChildren, h } from "preact";

interface DisclosureProps {
  title: string;
  id: string;
  text: string;
  /** Its buttons, which work while the text is closed. */
  children: ComponentChildren;
}

/** A text that few people need. */
export const Disclosure = ({ title, id, text, children }: DisclosureProps) => (
  <div class="cw-extra">
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0} data-testid={id}>
        {text}
      </pre>
    </details>
    <span>{children}</span>
  </div>
);
