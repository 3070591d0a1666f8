/** What a reader probably meant by a word that a config does not know. */
import { quote } from "./mistake.ts";
import { nearest } from "./nearest.ts";

/** The hint for a key that its map does not know, or undefined; `others` says in which maps such a key belongs. */
export function suggestKey(
  key: string,
  known: readonly string[],
  others: ReadonlyMap<string, readonly string[]>,
): Suggestion | undefined {
  const meant = sameWord(key, known) ?? synonym(key, known);
  if (meant !== undefined) return { hint: `did you mean ${quote(meant)}?`, key: meant };
  const owners = others.get(key);
  if (owners !== undefined) return { hint: `it belongs to ${owners.join(", ")}` };
  const close = nearest(key, known);
  return close === undefined ? undefined : { hint: `did you mean ${quote(close)}?`, key: close };
}

/** A hint, and the key it leads to. */
export interface Suggestion {
  readonly hint: string;
  /** The key of the same map that was meant. */
  readonly key?: string;
}

/** The hint for a word that is none of a list, or undefined. */
export function suggestValue(word: string, known: readonly string[]): string | undefined {
  const meant = sameWord(word, known) ?? synonym(word, known) ?? nearest(word, known);
  return meant === undefined ? undefined : `did you mean ${quote(meant)}?`;
}

/**
 * Words that other proxies use for what a config calls something else, in plain spelling. A word may stand for several
 * keys: the first that the map knows is meant.
 */
const synonyms: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    listeners: "frontends frontend entrypoints entrypoint servers server services streams listen ports listener routes",
    upstreams: "clusters cluster services service backends backend pools pool farms targetgroups upstream servers",
    workers:
      "threads thread processes nbthread nbproc workerprocesses workerthreads numworkers cores cpus concurrency parallelism",
    io: "sockets poller polling events use reactor ffi native",
    address: "listen bind addr host url uri server target listenaddress socketaddress hostport port ip endpoint",
    upstream:
      "backend cluster service target targetgroup pool proxypass proxyto forward forwardto to defaultbackend route",
    endpoints:
      "backends servers targets nodes hosts members server backend target loadassignment addresses instances endpoint",
    policy:
      "algorithm algo balance balancing balancer lb lbpolicy loadbalancing loadbalancer mode strategy method scheduler selection",
    protocol: "type mode proto network",
    type: "protocol kind check",
    health: "healthcheck healthchecks check checks probe probes activehealthcheck",
    weight: "share ratio",
    interval: "inter period every",
    rise: "healthythreshold up passes successes successthreshold",
    fall: "unhealthythreshold down fails maxfails failures failurethreshold",
    retries: "connectretries maxretries retry tries attempts retryattempts",
    connectTimeout: "timeout dialtimeout timeoutconnect proxyconnecttimeout connectiontimeout",
    idleTimeout: "timeout idle timeoutclient timeouttunnel proxytimeout",
    finTimeout: "timeoutclientfin halfclosetimeout terminationdelay",
    keepAlive: "tcpkeepalive keepaliveinterval clitcpka",
    buffer: "buffersize bufsize proxybuffersize",
    sourceAddress: "source proxybind localaddress bindaddress sourceip laddr",
    maxConnections: "maxconn maxconns limitconn connectionlimit connections max",
    maxConnectionsPerClient: "limitconnperip maxconnectionsperip perip perclient connectionsperclient",
    clientRate: "rate ratelimit limitrate connectionrate limitreq",
    overload: "overloadmanager loadshedding shedding",
    descriptors: "fds files filedescriptors openfiles nofile",
    memory: "mem heap rss",
    loopLag: "lag eventlooplag eventloop delay",
    balanceFactor: "hashbalancefactor loadfactor boundedload",
    retryBudget: "budget retrypercent retrybudgets",
    share: "percent budgetpercent percentage ratio",
    minimum: "min minretryconcurrency minretries",
    maxPendingConnects: "maxpending maxpendingrequests pendingconnects",
    queue: "queues maxqueue waiting",
    length: "size max maxlength limit capacity",
    failOpenBelow: "failopen panic panicthreshold healthypanicthreshold",
    slowStart: "rampup warmup slowstartduration",
    outlier: "outlierdetection passivehealth passivehealthcheck passive ejection observe",
    ejection: "baseejection baseejectiontime ejectiontime duration failtimeout",
    maxEjection: "maxejectiontime",
    maxEjected: "maxejectionpercent maxejectedpercent",
    failures: "consecutivefailures errorlimit maxfails threshold failurethreshold fall",
    window: "interval period timewindow",
    circuitBreaker: "circuitbreakers breaker breakers",
    open: "opentime duration timeout sleepwindow fallbackduration recoverytimeout resettimeout opentimeout",
    probes: "halfopen halfopenprobes halfopenrequests",
    successes: "successthreshold rise",
    resolve: "resolver dns resolvers",
    minTtl: "dnsrefreshrate refresh",
    maxTtl: "ttl valid holdvalid",
    priority: "tier level",
    backup: "failover standby spare",
    state: "adminstate status mode",
    ready: "up enabled active on",
    draining: "drain",
    disabled: "down maint maintenance off",
    path: "uri url target",
    host: "hostname authority servername",
    headers: "header",
    statuses: "status expectedstatus expectedstatuses code codes statuscode statuscodes expect",
    body: "expectbody match receive response expectedbody string",
    fastInterval: "fastinter downinter unhealthyinterval",
    routes: "rules locations paths httproutes router routers ingress vhosts virtualhosts",
    match: "when matches if condition rule where",
    pathPrefix: "prefix pathbeginswith startswith location",
    pathTemplate: "template pattern pathpattern",
    pathRegex: "regex regexp pathregexp pathregularexpression",
    methods: "method verb verbs",
    query: "queryparams params queryparameters queryparam",
    clients: "client clientip sourceip sourceips remoteip ip allow",
    redirect: "redirectto return httpredirect",
    respond: "directresponse response static fixedresponse return",
    rewrite: "urlrewrite replacepath stripprefix",
    prefix: "stripprefix replaceprefix prefixrewrite replaceprefixmatch",
    requestHeaders: "requestheadermodifier setheaders proxysetheader requestheader headersup",
    responseHeaders: "responseheadermodifier addheader responseheader headersdown",
    set: "replace overwrite",
    add: "append",
    remove: "delete del unset",
    maxBody: "clientmaxbodysize maxbodysize bodylimit maxrequestbody maxrequestbodybytes limitbody",
    responseTimeout: "proxyreadtimeout timeoutserver timeout responseheadertimeout requesttimeout",
    readTimeout: "proxyreadtimeout timeoutserver streamidletimeout",
    upgrades: "upgrade websocket websockets upgradeconfigs",
    tunnelTimeout: "timeouttunnel websockettimeout",
    headerTimeout: "timeouthttprequest readheadertimeout clientheadertimeout requestheaderstimeout",
    bodyTimeout: "clientbodytimeout",
    maxRequests: "keepaliverequests maxrequestsperconnection",
    maxAge: "keepalivetime maxconnectionduration maxconnectionage lifetime",
    maxHead: "maxheaderbytes maxrequestheaderskb largeclientheaderbuffers maxheadersize",
    trustedProxies: "trustedips setrealipfrom trustedproxy trusted proxies",
    forwarding: "forwardedheaders proxyheaders",
    realIp: "xrealip",
    requestId: "xrequestid generaterequestid",
    trace: "tracing traceparent",
    errorPages: "errorpage errors errorfiles errorfile",
    retry: "retrypolicy retries",
    hedge: "hedging hedgepolicy hedgedrequests speculative speculativeretry",
    delay: "hedgingdelay hedgedelay after threshold wait",
    maxIdle: "maxidleconnsperhost maxidleperhost maxidleconns",
    perTryTimeout: "timeout trytimeout",
    sample: "sampling samplerate ratio",
    preStop: "prestopdelay shutdowndelay lameduck prestopsleep",
    drainTimeout:
      "gracetimeout graceperiod shutdowntimeout gracefulshutdown hardstopafter workershutdowntimeout draintime",
    ipv6Only: "v6only",
    log: "logging logs logger accesslog",
    level: "loglevel severity verbosity",
    access: "accesslog accesslogs",
    admin: "api stats dashboard management metrics",
    reactor: "epoll native ffi libc fast on",
    runtime: "node bun deno net system off",
    warning: "warn",
    error: "err fatal critical",
    debug: "trace verbose",
    pretty: "text console human",
  }).map(([key, words]) => [key, words.split(" ")]),
);

function synonym(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  return known.find((key) => synonyms.get(key)?.includes(wanted) === true);
}

/** `connect_timeout` and `connecttimeout` are `connectTimeout`. */
function sameWord(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  return known.find((key) => plain(key) === wanted);
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, "");
}
