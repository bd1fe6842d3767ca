"""Gold questions → outcomes → metrics → report, comparison, gate."""
