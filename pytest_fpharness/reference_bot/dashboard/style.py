"""The dashboard's style sheet; badge texts have a contrast of at least 5:1."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--text:#1d2430;--soft:#5a6472;--page:#f4f6f9;--card:#fff;
--line:#dfe4ea;--link:#1b5fb8;--green:#1a7f4b;--yellow:#8f5e00;--red:#b3261e}
@media(prefers-color-scheme:dark){:root{--text:#e4e7ec;--soft:#a3adbb;--page:#14181f;
--card:#1c222b;--line:#2f3743;--link:#8ab8f6}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:80rem;padding:1rem 1.25rem 3rem;
color:var(--text);background:var(--page);overflow-wrap:break-word}
h1{font-size:1.5rem;line-height:1.25;margin:.6rem 0}
h2{font-size:1.1rem;margin:2rem 0 .5rem}
a{color:var(--link)}p{margin:.5rem 0}
.note{color:var(--soft)}
.readiness{border-left:.5rem solid;background:var(--card);padding:.8rem 1rem;border-radius:.3rem;
margin:1rem 0}
.readiness strong{font-size:1.3rem}
.readiness.GREEN{border-color:var(--green)}.readiness.YELLOW{border-color:var(--yellow)}
.readiness.RED{border-color:var(--red)}
.badge{display:inline-block;padding:.05rem .6rem;border-radius:.8rem;color:#fff;font-weight:600;
background:#4b5563;white-space:nowrap}
.badge.GREEN,.badge.OK{background:var(--green)}.badge.YELLOW,.badge.WARN{background:var(--yellow)}
.badge.RED,.badge.ERROR{background:var(--red)}
table{border-collapse:collapse;width:100%;background:var(--card)}
table.cards{margin-top:1.5rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .7rem;border-bottom:1px solid var(--line)}
thead th{color:var(--soft);font-weight:600}
tbody th[scope=row]{font-weight:400}
.group th{padding-top:1.2rem;background:var(--page);font-size:1.05rem}
.facts th[scope=row]{width:13rem;color:var(--soft)}
ul,ol{margin:.3rem 0;padding-left:1.3rem}
ul.plain{list-style:none;padding:0;margin:0}
.time{color:var(--soft);white-space:nowrap}
@media(max-width:60rem){
table.cards,.cards tbody,.cards tr,.cards td,.cards th{display:block}
.cards thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
.cards ul,.cards li{display:inline}
.cards li:not(:last-child)::after{content:"; "}
.cards tr{padding:.5rem 0;border-bottom:1px solid var(--line)}
.cards tr.group{padding:0;border:0}
.cards td,.cards th{border:0;padding:.15rem .7rem}
.cards .group th{padding:1.2rem .7rem .4rem}
.cards td::before{content:attr(data-label) ": ";color:var(--soft)}
.cards td.bare::before{content:none}
.facts th[scope=row]{width:auto}}
@media(max-width:34rem){body{padding:.5rem .75rem 2rem}
.facts tr,.facts td,.facts th[scope=row]{display:block;border:0;padding:.1rem .7rem}
.facts tr{border-bottom:1px solid var(--line);padding:.4rem 0}}
"""
