"""Write docs/local-server.md: which behaviours of the service the local server has, each with the tests that show it.

``python docs/make_local_server_table.py``. A test fails when the page is not what this makes, or a test that it names is not there.
"""

from pathlib import Path

PAGE = Path(__file__).parent / "local-server.md"

HEAD = """# What the local server does, and what it does not

Made by `docs/make_local_server_table.py`, which names a test for each row; the tests see to it that those are there. They are under
`tests/emulator/`, `tests/cli/`, `tests/clients/` and `tests/testing_kit/`.

*Covered*: answered as the service is documented or known to answer. *Approximated*: answered in the service's form, with less behind it.
*Absent*: refused with `not_supported`, or never sent.
"""

ROWS = {
    "Getting in": [
        ("the service's URL forms, the Azure OpenAI path, API versions", "covered", "test_paths_and_queries_that_open_a_session"),
        ("`api-key` and bearer tokens; 401 before the WebSocket opens", "covered", "test_a_wrong_key_is_refused_before_the_websocket_opens"),
        ("without a key, web pages from other machines: 403, as any page that a browser shows can reach a server on loopback", "the server's own rule: the service asks for a key", "test_a_web_page_from_elsewhere_is_refused_without_a_key test_a_web_page_from_this_machines_other_address_may_come_in"),
        ("engines and settings by name, by a file, by options; engines of other distributions", "covered", "test_a_server_takes_engines_by_name_and_closes_them test_a_file_of_settings_and_an_option_before_it test_a_distribution_brings_engines"),
        ("agent parameters", "approximated: the agent is the built-in responder", "test_an_agent_session test_an_agent_has_its_own_instructions"),
        ("TLS, compression, status page, `/healthz`", "covered", "test_tls test_a_certificate_made_for_the_host test_compression_is_agreed_on_when_offered test_the_status_page_shows_the_open_sessions"),
        ("the longest session, and its close", "approximated: the service's close code is not documented", "test_a_session_ends_at_its_longest_duration"),
        ("a client that vanishes, reads slowly, sends nonsense or far too much", "covered", "test_a_client_that_vanishes_ends_its_session_only test_a_slow_reader_slows_the_response_down test_frames_that_are_no_events test_an_append_that_is_too_large_is_refused"),
        ("a client that does not read: error `session_output_overflow` and close 1008", "covered", "test_who_asks_and_does_not_read_the_answers_is_closed_with_1008 test_who_stops_reading_is_closed_with_1008"),
        ("a peer that is gone: close 1011; messages beyond the limit: 1009; more sessions than the limit: 429", "approximated: the service's numbers are not known", "test_a_peer_that_does_not_answer_pings_is_closed_with_1011 test_a_message_beyond_the_limit_closes_with_1009 test_a_full_server_refuses_with_429_until_somebody_leaves"),
        ("clients that flood, hammer or send random events: refused or dropped, while others go on", "covered", "test_one_that_hammers_does_not_keep_the_others_from_their_answers test_a_flood_of_connections_is_cut_off_beyond_those_that_may_wait test_random_clients_find_no_fault test_odd_values_are_refused_with_their_path"),
        ("bounds of what a session holds: items, settings, audio, responses", "approximated: the service's numbers are not known; `ServerLimits` has these", "test_items_are_bounded_by_number test_settings_are_bounded test_audio_in_the_buffer_is_bounded_and_nothing_of_it_lost test_speech_that_waits_for_the_recogniser_is_bounded test_responses_beside_the_conversation_are_bounded"),
    ],
    "Settings": [
        ("defaults by model and API version, updates, refusals with their path", "covered", "test_the_first_event_shows_the_defaults test_an_update_changes_what_it_names_and_reports_all test_values_that_are_refused"),
        ("what is fixed once audio has flowed", "covered", "test_format_and_voice_are_fixed_by_use"),
        ("`transcription_session.update`", "approximated: not in the service's documentation", "test_transcription_session_update"),
    ],
    "Hearing": [
        ("turn detection with threshold, padding, silence; two utterances in one append", "covered", "test_one_utterance_gives_one_turn_and_one_answer test_two_utterances_in_one_append test_padding_depends_on_the_version"),
        ("`create_response`, `interrupt_response`, `auto_truncate`", "covered", "test_turn_detection_can_be_changed_on_the_way test_without_interruption_the_next_answer_waits test_auto_truncate_reaches_an_answer_that_is_done_but_still_playing"),
        ("semantic turn detection, `end_of_utterance_detection`", 'approximated: a turn whose last recognised word is "and", "um" or the like is held for a while; fillers are not taken out', "test_an_unfinished_sentence_is_waited_for test_a_whole_sentence_is_not_waited_for test_the_wait_has_an_end test_a_realtime_model_has_no_end_of_utterance_detection"),
        ("all input formats, two channels", "covered", "test_every_input_format_is_understood test_of_two_channels_the_microphone_is_heard"),
        ("commit, clear, too little audio", "covered", "test_a_manual_turn test_clear_throws_audio_and_utterance_away test_too_little_audio_is_no_turn"),
        ("transcription: deltas, `completed`, `failed`", "approximated: PocketSphinx, Whisper or an endpoint hears whole turns, so the deltas come in one go at the end, with cascaded models none; language and phrase list are followed by Whisper and endpoints", "test_the_words_are_recognised_and_used test_a_transcript_is_never_made_up test_a_server_hears_with_whisper test_the_words_reach_the_client test_what_the_session_says_of_its_speech_goes_along test_the_transcript_comes_in_pieces_and_whole"),
        ("transcription with logprobs and phrases, when included", "covered where the recogniser tells times and probabilities, as PocketSphinx does", "test_details_of_what_was_heard test_only_the_details_that_are_included test_words_have_times_and_probabilities test_a_recogniser_that_knows_only_the_text"),
        ("named audio turns (`input_audio.turn.*`, `input_audio.clear`)", "approximated: what ends a turn commits it; the service's own answers are not documented", "test_a_named_turn_becomes_a_message test_named_turns_that_are_refused test_clear_throws_the_buffer_and_all_turns_away"),
    ],
    "Answering": [
        ("the order of a spoken turn: realtime models, and cascaded ones with the transcript before the item", "covered", "test_one_utterance_gives_one_turn_and_one_answer test_a_manual_turn_is_an_item_when_its_words_are_there_and_is_answered_then test_the_transcript_comes_before_the_item test_who_speaks_on_is_answered_once test_a_turn_is_answered_though_the_next_becomes_none"),
        ("event order, ids, usage, one response at a time", "covered", "test_a_spoken_answer_has_words_and_sound test_one_response_at_a_time test_tokens_are_rounded_up"),
        ("all output formats, pace of speech", "covered", "test_audio_comes_in_the_output_format_in_pieces_of_100_ms test_audio_is_ahead_of_time_by_a_bounded_lead"),
        ("overrides, `conversation: none`, replaced context, ready messages, ceilings", "covered", "test_metadata_is_echoed_and_settings_are_overridden_once test_a_response_beside_the_conversation test_the_context_can_be_replaced_and_extended test_a_ready_message_is_spoken_as_given test_a_ceiling_ends_the_response_early test_a_ceiling_ends_a_call_early"),
        ("cancelling, `cancel_previous`, interruption, `auto_truncate`", "covered", "test_cancel_closes_what_is_open test_a_response_that_cancels_the_previous_one_comes_before_the_answer_that_waits test_speech_interrupts_a_running_response test_auto_truncate_cuts_what_was_not_heard test_auto_truncate_reaches_every_message"),
        ("function calls: one, several, streamed arguments", "covered", "test_a_function_is_called_and_its_output_spoken test_a_message_and_a_call_in_one_response test_long_arguments_are_streamed_in_pieces test_long_arguments_wait_for_a_client_that_reads"),
        ("MCP: listing, calls, approval, with the Python functions of `serve(mcp=...)`", "covered", "test_the_tools_are_listed test_a_call_without_approval test_a_call_with_approval test_every_call_that_is_approved_runs test_a_request_is_answered_once test_a_tool_that_fails"),
        ("where an MCP call runs and ends: after its response, as the official sample (`async_mcp_sample.py`) waits for it, or in it, as documented", 'covered; `serve(mcp_calls_end="in_response")` chooses the documented order', "test_an_mcp_call_that_is_waited_for_as_the_official_sample_does test_our_client_has_the_result_told_in_both_orders test_a_response_waits_for_the_calls_before_it test_nothing_ends_a_call_that_runs_after_its_response"),
        ("MCP with real servers over streamable HTTP (`pip install 'voicelive[mcp]'`)", 'covered; on this machine, on others by `serve(mcp_reach="any")`', "test_the_tools_of_a_real_server_are_listed test_a_real_tool_is_called test_a_real_call_with_approval test_credentials_go_along test_only_servers_within_reach_are_called"),
        ("an engine that raises, hangs or is cancelled: the response fails with its error, nothing else does", "covered", "test_a_responder_that_fails_ends_its_response test_other_sessions_go_on_beside_a_responder_that_fails test_a_voice_that_fails_or_hangs_ends_its_response test_a_detector_that_fails_is_an_error_of_the_server_and_begins_anew"),
        ("what the answer says", "approximated: a table of skills, a script, a chat endpoint, or your responder", "test_text_without_sound_is_still_text test_the_first_line_that_fits_answers test_the_answer_of_the_model_is_spoken_and_the_request_is_whole"),
        ("speech begins with the first sentence, while the rest is still written", "covered", "test_a_streamed_answer_is_spoken_as_it_comes test_the_first_sentence_is_spoken_while_the_model_still_writes"),
        ("voices: names of OpenAI and Azure, `locale`, `rate`, `pitch`, `volume`", "approximated: eSpeak NG with the name's language and gender; Piper and Kokoro with models of yours; `style` changes nothing", "test_names_of_voices test_every_language_of_azure_that_the_library_has_is_spoken test_speed_volume_and_pitch_can_be_heard test_a_server_speaks_with_piper test_kokoro_has_speakers_for_voices"),
        ("agents as tools (`foundry_agent`)", "absent: a `warning` says that they are never called", "test_agents_as_tools_are_said_to_be_never_called"),
        ("slow engines", "covered: worker threads of their own for each kind; other sessions go on", "test_other_sessions_talk_while_an_engine_is_slow test_other_sessions_talk_while_a_tool_is_slow test_more_slow_calls_than_threads_wait_their_turn"),
        ("word timestamps and visemes, with Azure's voices", "covered with eSpeak NG, which says when; spread evenly over the sound of a voice that does not", "test_words_visemes_and_frames_go_beside_the_audio test_the_times_are_those_of_the_sound test_other_voices_tell_no_times test_a_voice_without_times_gets_them_spread_evenly"),
        ("blendshapes, 55 weights 60 times a second", "approximated: the mouth only, posed by the visemes", "test_words_visemes_and_frames_go_beside_the_audio test_a_face_reaches_its_pose_and_rests_again"),
        ("interim responses, static and written by a model, for slow answers and tools", "approximated: a message before the answer; where the service has it among the events is not documented", "test_a_slow_answer_has_something_said_before_it test_tools_are_announced test_a_model_writes_it test_realtime_models_have_none_and_say_so"),
        ("web and file search, citations", "approximated: a responder says what was searched and found (`WebSearch`, `FileSearch`, `Reply.annotations`)", "test_searches_are_items_before_the_answer test_results_stay_here_unless_included_and_text_has_no_citations"),
        ("`rate_limits.updated`; `rate_limit_exceeded` beyond `serve(tokens_per_minute=...)`", "covered", "test_each_response_begins_with_what_is_left test_beyond_the_quota_responses_fail_in_every_session"),
    ],
    "Conversation": [
        ("create, retrieve, delete, truncate, order, ids", "covered", "test_items_keep_their_ids_and_order test_retrieve_and_delete test_truncation_cuts_audio_and_transcript test_what_was_cut_while_it_was_spoken_stays_cut"),
        ("retrieve with the user's audio", "covered; of one session the latest 16 MiB are kept", "test_a_turn_is_retrieved_with_its_audio test_the_oldest_audio_goes"),
        ("text streamed in (`input_text.*`)", "covered", "test_streamed_text"),
        ("errors: code, type, `param`, the client's `event_id`", "covered, every documented code; those of the handshake are an HTTP status", "test_an_error test_every_documented_code_is_in_the_table test_frames_that_are_no_event_are_answered_and_the_session_goes_on test_an_agent_that_fails"),
        ("every client event is answered or refused by name", "covered", "test_every_client_event_is_answered_or_refused"),
    ],
    "Pictures": [
        ("`session.avatar.connect`", "approximated: an SDP answer and an ICE server that lead nowhere", "test_an_avatars_connection_is_a_stub"),
        ("an avatar's video over the WebSocket (`response.video.delta`)", "approximated: H.264 that every decoder shows, of a drawn face of 64 by 64 pixels, 25 times a second; of the video's settings only `gop_size` counts", "test_a_decoder_shows_what_was_drawn test_the_picture_comes_with_the_sound test_the_settings_say_how_often_a_whole_picture_comes"),
        ("when an avatar speaks and rests; `output_audio_buffer.clear`", "covered", "test_an_avatar_speaks_and_rests test_clearing_the_output_stops_the_avatar test_an_interruption_stops_the_avatar"),
        ("WebRTC calls", "absent", "test_webrtc_is_refused_by_its_own_event"),
    ],
    "Other clients": [
        ("official Python SDK: turns, interruption, calls, every event", "covered", "test_a_spoken_turn_with_the_settings_of_the_samples test_every_event_is_decoded test_by_the_official_python_sdk"),
        ("official JavaScript SDK: the same", "covered", "test_a_spoken_turn_with_turn_detection test_an_interruption test_a_function_call test_a_truncation test_by_the_official_javascript_sdk"),
        ("openai-python's realtime client", "covered", "test_a_text_turn test_a_spoken_turn"),
    ],
}  # fmt: skip


def page() -> str:
    """The page, as Markdown."""
    parts = [HEAD]
    for title, rows in ROWS.items():
        lines = [f"| {what} | {state} | {', '.join(f'`{test}`' for test in (tests or '').split())} |" for what, state, tests in rows]
        parts.append(f"## {title}\n\n| behaviour | state | tests |\n| --- | --- | --- |\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def named_tests() -> set[str]:
    """Every test that the page names."""
    return {test for rows in ROWS.values() for _, _, tests in rows for test in (tests or "").split()}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
