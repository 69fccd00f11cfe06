import type { VNode } from "preact";
import { strings } from "../strings/strings.ts";

type Props = {
  /** Where the script uploads each file. */
  readonly address: string;
  /** The address that the script opens after all files were uploaded. */
  readonly then?: string;
  /** The name of the text field into which the script inserts the files; it then also offers a button. */
  readonly inserts?: string;
};

/**
 * Where files can be dropped, with the progress of their upload; `islands/upload-area.ts` shows it. Files can be dropped
 * anywhere on the screen.
 */
export function UploadArea({ address, then, inserts }: Props): VNode {
  return (
    <div
      class="upload"
      hidden
      data-upload={address}
      data-then={then}
      data-inserts={inserts}
      data-messages={JSON.stringify(strings.files.messages)}
    >
      {inserts !== undefined && (
        <label class="button">
          {strings.files.insert}
          <input class="unseen" type="file" multiple data-upload-input />
        </label>
      )}
      <p role="status" data-upload-status />
      <progress hidden max="1" value="0" aria-label={strings.files.upload} />
      <button class="button plain" type="button" hidden data-upload-cancel>
        {strings.files.cancelUpload}
      </button>
    </div>
  );
}
