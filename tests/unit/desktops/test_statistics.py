"""What VNC servers count for each viewer is no news; what goes wrong is."""

from __future__ import annotations

import re

import pytest

from colabwidget.desktops.base import VncServer
from colabwidget.desktops.servers import tigervnc, turbovnc

# As the servers print them: TigerVNC 1.12, TurboVNC 3.3.
TIGER = """\
 Connections: accepted: 127.0.0.1::40518
 Connections: closed: 127.0.0.1::40518
 SConnection: Client needs protocol version 3.8
 SConnection: Client requests security type VncAuth(2)
 VNCSConnST:  Server default pixel format depth 24 (32bpp) little-endian rgb888
 VNCSConnST:  Client pixel format depth 24 (32bpp) little-endian bgr888
 EncodeManager: Framebuffer updates: 8
 EncodeManager:   Tight:
 EncodeManager:     Solid: 14 rects, 1.2 Mpixels
 EncodeManager:            224 B (1:21000.1 ratio)
 Comparer:  0 pixels in / 0 pixels out
 Comparer:  (1:-nan ratio)
 ComparingUpdateTracker: 0 pixels in / 0 pixels out
 ComparingUpdateTracker: (1:-nan ratio)
 EncodeManager:   Total: 14 rects, 1.2 Mpixels
 VNCSConnST:  closing 127.0.0.1::60792: Clean disconnection
Mon Nov 30 10:34:19 2026
Tue Dec  1 00:00:00 2026"""
TURBO = """\
28/11/2026 10:11:12 Statistics:
28/11/2026 10:11:12   key events received 2, pointer events 17
28/11/2026 10:11:12   framebuffer updates 12, rectangles 20, bytes 4711
28/11/2026 10:11:12     Tight rectangles 20, bytes 4711
28/11/2026 10:11:12     Tight solid rectangles 3, bytes 48
28/11/2026 10:11:12     copyRect rectangles 1, bytes 16
28/11/2026 10:11:12   raw equivalent 5.760000 Mbytes, compression ratio 1222.7"""
NEWS = """\
 VNCSConnST:  closing 127.0.0.1::40518: Authentication failure
 SConnection: AuthFailureException: Authentication failure
 vncext:      VNC extension running!
(EE) Fatal server error:
28/11/2026 10:11:12 Client 1: authentication failed
Fatal error on Mon Nov 30 10:34:19 2026
 VNCSConnST:  closing 127.0.0.1::40518: Idle for too long
 ComparingUpdateTracker failed
(EE) no space left for 14 rects, 1.2 Mpixels
28/11/2026 10:11:12 Maximum number of rectangles exceeded"""


@pytest.mark.parametrize(("server", "lines"), [(tigervnc.SERVER, TIGER), (turbovnc.SERVER, TURBO)])
def test_statistics_are_known_by_their_lines(server: VncServer, lines: str) -> None:
    assert [line for line in lines.splitlines() if not re.search(server.statistics, line)] == []
    assert [line for line in NEWS.splitlines() if re.search(server.statistics, line)] == []
