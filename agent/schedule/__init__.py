"""Recurring reports. The database says what is due and who runs it; everything else only acts on that.

`cron` ─► `lease` (a run is claimed) ─► `execute` (heartbeats, ends) ─► `work` (measure, import, report, compare)
─► `outbox` (messages, kept until they are sent). The daemon and the exported units start the same command.
"""
