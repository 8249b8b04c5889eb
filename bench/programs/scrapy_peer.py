"""Scrapy: python3 scrapy_peer.py default|tuned FILE, where FILE has one address a line and then the columns as JSON."""
import json
import sys
import tempfile
import time

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess

mode, path = sys.argv[1:]
with open(path) as file:
    task = json.load(file)
measured = {}


class Pages(scrapy.Spider):
    name = "pages"
    start_urls = task["urls"]

    @classmethod
    def from_crawler(cls, crawler):
        spider = super().from_crawler(crawler)
        crawler.signals.connect(spider.opened, signal=signals.spider_opened)
        crawler.signals.connect(spider.closed_, signal=signals.spider_closed)
        return spider

    def opened(self):
        self.began = (time.perf_counter(), time.process_time())

    def closed_(self):
        measured["seconds"] = time.perf_counter() - self.began[0]
        measured["cpuMs"] = (time.process_time() - self.began[1]) * 1000
        measured["pages"] = self.crawler.stats.get_value("item_scraped_count")

    def parse(self, response):
        row = {"page": response.url}
        for column in task["columns"]:
            found = response.css(column["selector"])[:1]
            if column["attribute"]:
                row[column["name"]] = found.attrib.get(column["attribute"], "") if found else ""
            else:
                row[column["name"]] = "".join(found.css("::text").getall()).strip()
        yield row


with tempfile.TemporaryDirectory() as folder:
    settings = {"LOG_LEVEL": "INFO", "TELNETCONSOLE_ENABLED": False, "FEEDS": {folder + "/rows.csv": {"format": "csv"}}}
    if mode == "tuned":
        # https://docs.scrapy.org/en/latest/topics/broad-crawls.html
        settings.update(
            CONCURRENT_REQUESTS=100,
            CONCURRENT_REQUESTS_PER_DOMAIN=100,
            COOKIES_ENABLED=False,
            RETRY_ENABLED=False,
            REDIRECT_ENABLED=False,
            LOG_LEVEL="ERROR",
        )
    process = CrawlerProcess(settings)
    process.crawl(Pages)
    process.start()
print(json.dumps(measured))
