/** Pictures from the visitor's files: by a button, or dropped. */
import type { Ref, VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Failure } from "../engine/engine-api.ts";
import { failureOf } from "../engine/failure.ts";
import { droppedPictures } from "./dropped-pictures.ts";
import { type NamedPicture, picturesOf } from "./picture.ts";

interface PictureChooserProps {
  /** What the button says. */
  readonly words: string;
  /** What it says to those who hear it, where that is more. */
  readonly label?: string;
  readonly primary?: boolean;
  readonly multiple?: boolean;
  readonly button?: Ref<HTMLButtonElement>;
  /** One at least. */
  readonly onPictures: (pictures: readonly NamedPicture[]) => void;
}

/** A button that opens the browser's own choice of files. */
export function PictureChooser(props: PictureChooserProps): VNode {
  const { words, label, primary = false, multiple = false, button, onPictures } = props;
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        ref={button ?? null}
        type="button"
        class={primary ? "primary" : undefined}
        aria-label={label}
        onClick={() => chooser.current?.click()}
      >
        {words}
      </button>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        multiple={multiple}
        hidden
        aria-label={label ?? words}
        onChange={({ currentTarget }) => {
          const pictures = picturesOf(currentTarget.files);
          currentTarget.value = "";
          if (pictures.length > 0) onPictures(pictures);
        }}
      />
    </>
  );
}

interface DropListeners {
  readonly onPictures: (pictures: readonly NamedPicture[]) => void;
  readonly onFailure: (failure: Failure) => void;
}

/** What takes dropped pictures and folders: its handlers, and whether something is held over it. */
export function useDrop({ onPictures, onFailure }: DropListeners) {
  const [over, setOver] = useState(false);
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent): void => {
        event.preventDefault();
        setOver(true);
      },
      onDragLeave: (): void => setOver(false),
      onDrop: (event: DragEvent): void => {
        event.preventDefault();
        setOver(false);
        droppedPictures(event.dataTransfer).then(onPictures, (error: unknown) =>
          onFailure(failureOf(error)),
        );
      },
    },
  };
}
