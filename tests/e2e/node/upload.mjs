// Uploads a file with tus-js-client as its users do, and prints a line of JSON for whatever it is told.
// Arguments: the endpoint, a token, the file, and the options as JSON.
import fs from 'node:fs'
import { PassThrough } from 'node:stream'
import * as tus from 'tus-js-client'

const [endpoint, token, path, more] = process.argv.slice(2)
const { metadata, resume, stream, ...options } = JSON.parse(more)
const say = (facts) => fs.writeSync(1, `${JSON.stringify(facts)}\n`)
const file = fs.createReadStream(path)
let sent = 0

const upload = new tus.Upload(stream ? file.pipe(new PassThrough()) : file, {
  endpoint,
  uploadUrl: resume,
  headers: { Authorization: `Bearer ${token}` },
  metadata,
  retryDelays: [500, 500, 1000, 1000, 2000, 2000, 4000, 4000, 4000, 4000, 4000, 4000],
  onUploadUrlAvailable: () => say({ url: upload.url }),
  onAfterResponse: (request, response) => {
    const asked = { method: request.getMethod(), status: response.getStatus(), offset: response.getHeader('Upload-Offset') }
    say({ answered: asked, took: Date.now() - sent })
  },
  onBeforeRequest: () => { sent = Date.now() },
  onChunkComplete: (_size, accepted) => say({ accepted }),
  onError: (error) => { say({ error: String(error) }); process.exit(1) },
  onSuccess: ({ lastResponse }) => {
    say({ file: lastResponse.getHeader('X-CloudBox-File'), url: upload.url })
    process.exit(0)
  },
  ...options,
})
upload.start()
