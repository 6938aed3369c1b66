"""A stand-in for the ngrok agent that needs no account and no network.

It has the real agent's command line, log lines and local API as far as pyngrok uses them, and each
TCP endpoint really forwards bytes. `tests.doubles.install_ngrok` packs it into one executable file
that needs nothing but the Python it was packed with, so a copy of it in any folder works too.

Commands: version, config check, start --none [--log=stdout] [--config FILE] [--authtoken T]
[--region R]. SIGTERM and the service's Stop end it with status 0; SIGUSR1 drops its session once;
SIGUSR2 is the service's Restart: the session comes back, the endpoints do not.

Faults come from `behaviour.json` beside that file. It is read at the start, before each attempt to
open a session, at each POST and at each connection, so a test can change it while the agent runs:

    {"auth_error": "107"}           session refused: ends the agent, unless it had a session before
    {"start_error_on_post": "8013"} endpoints are refused with 502, the agent stays usable
    {"silent": true}                nothing printed, nothing served
    {"held_back": true}             ends before a line of what it logged can be read
    {"exit_at_once": 3}             exits with that code before it does anything
    {"forward_nowhere": true}       public ports accept and close
    {"forward_nowhere": "refused"}  the same, and logged as if nothing listened behind them
    {"no_network": true}            no such host, tried again for ever
    {"no_network": "x509"}          the same with an intercepting proxy
    {"no_network": "away"}          the servers' machine is there, and refuses
    {"outage_s": 4}                 the same for so many seconds from the agent's start
    {"connections_left": 20}        of the month: then public ports accept and close, silently
    {"paid_proxy": true}            an agent with http_proxy is refused (9009)
    {"version": "2.3.41"}           its version, also in refusals
    {"region": "us"}                region that the session is in, whatever was asked for
    {"hides_endpoints": true}       its API has no endpoint of any name, whatever was opened
    {"old_api": true}               no /api/endpoints, as before 3.30
    {"delay_s": 1.5}                seconds before the session is established
    {"drop_after_s": 2}             seconds after which the session is lost, once
    {"new_port": true}              a lost session gives endpoints new ports, the API shows the old
    {"public_host": "localhost"}    host in public addresses (127.0.0.1)
    {"edge": "192.0.2.1:4443"}      public ports are an edge's (`edge.py`), dialled over the network
    {"heartbeat_s": 2}              seconds of an edge's silence that end the session (25)
    {"dial_s": 2}                   seconds that dialling an edge may take (10)
    {"back_off_max_s": 4}           seconds between two attempts at most (30)
    {"record": "FILE"}              appends a JSON line at the start: argv (token masked), names of
                                    environment variables, where the token came from; no values
"""
