"""Where two models first differ, tensor by tensor: see docs/comparing.md. The command is qcompare.py."""
