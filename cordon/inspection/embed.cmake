file(READ ${FROM} text)
file(WRITE ${TO} "R\"overlay(${text})overlay\"\n")
