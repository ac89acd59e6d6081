// Turns of the official JavaScript SDK against a local server. One JSON line says how each step went; the Python test judges.
//   node turns.mjs STEP ENDPOINT [PCM_FILE]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The SDK lies where it was installed, which is not beside this file.
const modules = createRequire(process.env.VOICELIVE_JS_MODULES + "/");
const load = (name) => import(pathToFileURL(modules.resolve(name)).href);
const { VoiceLiveClient } = await load("@azure/ai-voicelive");
const { AzureKeyCredential } = await load("@azure/core-auth");

const [step, endpoint, pcmFile] = process.argv.slice(2);
const events = [];
const waiting = [];

const handlers = {
  onServerEvent: async (event) => {
    events.push(event);
    for (const each of [...waiting]) if (each.wants(event)) each.settle(event);
  },
};

function until(type) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ${type}; came: ${events.map((event) => event.type)}`)), 30000);
    const entry = {
      wants: (event) => event.type === type,
      settle: (event) => {
        clearTimeout(late);
        waiting.splice(waiting.indexOf(entry), 1);
        resolve(event);
      },
    };
    waiting.push(entry);
  });
}

async function after(type, act) {
  const coming = until(type);
  await act();
  return coming;
}

const say = (session, text) =>
  after("conversation.item.created", () =>
    session.addConversationItem({ type: "message", role: "user", content: [{ type: "input_text", text }] }),
  );
const create = (session) => session.sendEvent({ type: "response.create" });

const steps = {
  async text(session) {
    const updated = await after("session.updated", () => session.updateSession({ modalities: ["text"] }));
    await say(session, "hello there");
    const done = await after("response.done", () => create(session));
    return { modalities: updated.session.modalities, text: done.response.output[0].content[0].text, status: done.response.status };
  },
  async spoken(session) {
    await after("session.updated", () =>
      session.updateSession({
        inputAudioTranscription: { model: "azure-speech" },
        turnDetection: { type: "server_vad", silenceDurationInMs: 500 },
      }),
    );
    const pcm = readFileSync(pcmFile);
    const done = until("response.done");
    for (let start = 0; start < pcm.length; start += 4800) await session.sendAudio(pcm.subarray(start, start + 4800));
    const response = (await done).response;
    const audio = events.filter((event) => event.type === "response.audio.delta").reduce((sum, event) => sum + event.delta.length, 0);
    return { transcript: response.output[0].content[0].transcript, audio, types: events.map((event) => event.type) };
  },
  async interruption(session) {
    await after("session.updated", () => session.updateSession({ turnDetection: { type: "server_vad", silenceDurationInMs: 500 } }));
    await say(session, "talk");
    await after("response.audio.delta", () => create(session));
    const done = until("response.done");
    const pcm = readFileSync(pcmFile);
    for (let start = 0; start < pcm.length; start += 4800) await session.sendAudio(pcm.subarray(start, start + 4800));
    const response = (await done).response;
    return { status: response.status, reason: response.statusDetails?.reason };
  },
  async call(session) {
    const tool = { type: "function", name: "get_weather", description: "Weather", parameters: { type: "object", properties: {} } };
    await after("session.updated", () => session.updateSession({ modalities: ["text"], tools: [tool] }));
    const first = await after("response.done", () => create(session));
    const call = first.response.output[0];
    await after("conversation.item.created", () =>
      session.addConversationItem({ type: "function_call_output", callId: call.callId, output: "7 degrees" }),
    );
    const second = await after("response.done", () => create(session));
    return { name: call.name, arguments: call.arguments, text: second.response.output[0].content[0].text };
  },
  async truncate(session) {
    const done = await after("response.done", () => create(session));
    const item = done.response.output[0];
    const cut = await after("conversation.item.truncated", () =>
      session.sendEvent({ type: "conversation.item.truncate", itemId: item.id, contentIndex: 0, audioEndInMs: 100 }),
    );
    return { same: cut.itemId === item.id, end: cut.audioEndInMs };
  },
  // What the file says: an event to send, and the type of the event after which comes the next.
  async whole(session) {
    let spoken;
    for (const [event, awaited] of JSON.parse(readFileSync(pcmFile))) {
      if (event.itemId === "spoken") event.itemId = spoken;
      const coming = awaited && until(awaited);
      if (event.type === "session.update") await session.updateSession(event.session);
      else if (event.type === "input_audio_buffer.append") await session.sendAudio(Buffer.from(event.audio, "base64"));
      else if (event.type === "conversation.item.create") await session.addConversationItem(event.item);
      else await session.sendEvent(event);
      const came = await coming;
      if (awaited === "response.done") spoken ??= came.response.output.at(-1).id;
    }
    return events.map((event) => ({ type: event.type, keys: Object.keys(event) }));
  },
  // Everything up to the answer with this id; it may have come already.
  async everything() {
    while (!events.some((event) => event.eventId === "test_end")) await until("session.updated");
    return events.map((event) => ({ type: event.type, keys: Object.keys(event) }));
  },
};

const client = new VoiceLiveClient(endpoint, new AzureKeyCredential("any"));
const session = client.createSession("gpt-realtime");
session.subscribe(handlers);
const created = until("session.created");
await session.connect();
await created;
const outcome = await steps[step](session);
await session.disconnect();
console.log(JSON.stringify(outcome));
process.exit(0);
