import { Fragment, h } from "preact";
import { size, sizeOf } from "../card/ui/format";
import type { Entry } from "./link";
import type { Listing } from "./listing";
import type { Transfer } from "./transfer";
import { type Choice, Upload } from "./upload";
import { visible } from "./words";

const CHOICES: [Choice, string][] = [
  ["replace", "Replace"],
  ["keep", "Keep both"],
  ["skip", "Skip"],
];

/** Names of both directions side by side keep theirs. */
const Name = ({ of }: { of: string }) => <bdi class="cwf-name">{visible(of)}</bdi>;

interface RowProps {
  transfer: Transfer;
  clear: () => void;
}

const share = ({ done, total }: Transfer): string =>
  total === null ? size(done) : sizeOf(done, total);

const Row = ({ transfer, clear }: RowProps) => {
  const { phase, note, total, done, isOver, name, kind } = transfer;
  const asks = phase === "asking" && transfer instanceof Upload;
  const label = visible(name);
  const word = kind === "to" ? "Sending" : "Fetching";
  return (
    <li class="cwf-row" data-testid="transfer" data-phase={phase}>
      <div class="cwf-line">
        <Name of={name} />
        <span class="cwf-muted" data-testid="transfer-note">
          {isOver
            ? note
            : phase === "paused"
              ? `Paused, ${share(transfer)}`
              : note || share(transfer)}
        </span>
        {isOver ? (
          <button type="button" aria-label={`Clear ${label}`} onClick={clear}>
            Clear
          </button>
        ) : (
          <>
            {!asks && (
              <button
                type="button"
                data-testid="transfer-pause"
                aria-label={`${phase === "paused" ? "Resume" : "Pause"} ${label}`}
                onClick={() => (phase === "paused" ? transfer.resume() : transfer.pause())}
              >
                {phase === "paused" ? "Resume" : "Pause"}
              </button>
            )}
            <button
              type="button"
              data-testid="transfer-cancel"
              aria-label={`Cancel ${label}`}
              onClick={() => transfer.cancel()}
            >
              Cancel
            </button>
          </>
        )}
      </div>
      {!isOver && (
        <progress
          aria-label={`${word} ${label}`}
          max={total || 1}
          value={total === null ? undefined : total ? done : 1}
        />
      )}
      {asks && (
        <div
          class="cwf-line"
          role="group"
          aria-label="Files that exist already"
          data-testid="conflict"
        >
          <span>
            {transfer.conflicts === 1
              ? "A file of this name exists already:"
              : `${transfer.conflicts} of these files exist already:`}
          </span>
          {CHOICES.map(([choice, text]) => (
            <button
              key={choice}
              type="button"
              data-testid={`conflict-${choice}`}
              onClick={() => transfer.choose(choice)}
            >
              {text}
            </button>
          ))}
        </div>
      )}
    </li>
  );
};

interface EntryProps {
  entry: Entry;
  open: () => void;
  download: () => void;
}

const EntryRow = ({ entry: { name, kind, size: bytes }, open, download }: EntryProps) => (
  <li class="cwf-line" data-testid="entry">
    {kind === "folder" ? (
      <button type="button" class="cwf-open" onClick={open}>
        <Name of={name} />/
      </button>
    ) : (
      <Name of={name} />
    )}
    <span class="cwf-muted">{kind === "file" ? size(bytes) : kind === "folder" ? "" : kind}</span>
    {(kind === "file" || kind === "folder") && (
      <button type="button" aria-label={`Download ${visible(name)}`} onClick={download}>
        Download
      </button>
    )}
  </li>
);

export interface PanelProps {
  /** What takes drops. */
  where: string;
  listing: Listing;
  transfers: Transfer[];
  /** Files that were found in what was dropped; null where none are looked for. */
  found: number | null;
  choose: (folder: boolean) => void;
  open: (path: string[]) => void;
  download: (path: string[], name: string) => void;
  clear: (transfer: Transfer) => void;
}

/** Transfers, and below them what is in the folder. */
export function Panel({
  where,
  listing,
  transfers,
  found,
  choose,
  open,
  download,
  clear,
}: PanelProps) {
  const { path, folder, account, entries, count, note } = listing;
  const top = folder.replace(/.*\/(?=.)/, "") || "/";
  return (
    <div class="cwf">
      <div class="cwf-drop">
        <span>
          Drop files or folders anywhere on this {where}
          {folder && (
            <>
              : they arrive in <bdi>{visible([folder.replace(/\/$/, ""), ...path].join("/"))}</bdi>{" "}
              as {account}
            </>
          )}
          .
        </span>
        <span class="cwf-buttons">
          <button type="button" data-testid="choose-files" onClick={() => choose(false)}>
            Choose files
          </button>
          <button type="button" data-testid="choose-folder" onClick={() => choose(true)}>
            Choose a folder
          </button>
        </span>
      </div>
      <div role="status">
        {found !== null && `Looking through what was dropped: ${found} files`}
      </div>
      {transfers.length > 0 && (
        <ul aria-label="Transfers">
          {transfers.map((transfer) => (
            <Row key={transfer.id} transfer={transfer} clear={() => clear(transfer)} />
          ))}
        </ul>
      )}
      <div class="cwf-line" role="group" aria-label="Folder">
        {[top, ...path].map((name, at) => (
          <button
            key={at}
            type="button"
            class="cwf-open"
            aria-current={at === path.length ? "location" : undefined}
            onClick={() => open(path.slice(0, at))}
          >
            <Name of={name} />
          </button>
        ))}
        <button
          type="button"
          data-testid="download-folder"
          disabled={!folder || !!note}
          onClick={() => download(path, `${path.at(-1) ?? top}.zip`)}
        >
          Download this folder
        </button>
      </div>
      {note && <p role="alert">{note}</p>}
      <ul aria-label="Files in this folder" data-testid="entries">
        {entries.map((entry) => (
          <EntryRow
            key={entry.name}
            entry={entry}
            open={() => open([...path, entry.name])}
            download={() =>
              download(
                [...path, entry.name],
                entry.kind === "folder" ? `${entry.name}.zip` : entry.name,
              )
            }
          />
        ))}
      </ul>
      {folder && !note && !count && <p class="cwf-muted">Nothing is in this folder.</p>}
      {count > entries.length && (
        <p class="cwf-muted">
          The first {entries.length.toLocaleString("en-US")} of {count.toLocaleString("en-US")}.
        </p>
      )}
    </div>
  );
}
