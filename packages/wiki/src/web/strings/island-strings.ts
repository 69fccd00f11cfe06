/** The messages of the script that uploads files. `{name}` stands for the name of a file. */
export interface UploadMessages {
  readonly uploading: string;
  readonly cancelled: string;
  readonly failed: string;
  readonly done: string;
  readonly dropHere: string;
}

/** The messages of the script that saves drafts. `{time}` stands for the time of day. */
export interface DraftMessages {
  readonly saved: string;
  readonly failed: string;
  readonly signedOut: string;
  readonly forbidden: string;
  readonly tooMany: string;
  readonly outdated: string;
  readonly tooLong: string;
}
