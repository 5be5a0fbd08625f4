"""capyctl from Python: the services behind the commands, without printing and without exiting.

Every function answers with a frozen value that holds diagnostics, evidence and the exit status that the command of
the same name would end with. Import them from ``capyctl``; what is not named there may change.
"""
